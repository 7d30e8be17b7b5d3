/** What stands before the context in a prompt of each task; its examples hold facts that are none of the item's. */
const heads = {
  qa1: `I will give you context with the facts about positions of different persons hidden in some random text and a question. You need to answer the question based only on the information from the facts. If a person was in different locations, use the latest location to answer the question.

<example>
Charlie went to the hallway. Judith come back to the kitchen. Charlie travelled to balcony. Where is Charlie?
Answer: The most recent location of Charlie is balcony.
</example>

<example>
Alan moved to the garage. Charlie went to the beach. Alan went to the shop. Rouse travelled to balcony. Where is Alan?
Answer: The most recent location of Alan is shop.
</example>

Always return your answer in the following format: The most recent location of \u2019person\u2019 is \u2019location\u2019. Do not write anything else after that.`,
  qa3: `I give you context with the facts about locations and actions of different persons hidden in some random text and a question. You need to answer the question based only on the information from the facts.

<example>
John journeyed to the bedroom. Mary grabbed the apple. Mary went back to the bathroom. Daniel journeyed to the bedroom. Daniel moved to the garden. Mary travelled to the kitchen. Where was the apple before the kitchen?
Answer: Before the kitchen the apple was in the bathroom.
</example>

Always return your answer in the following format: Before the $location_1$ the $item$ was in the $location_2$. Do not write anything else after that.`,
  qa4: `I will give you context with the facts about different people, their location and actions, hidden in some random text and a question. You need to answer the question based only on the information from the facts.

<example>
The hallway is south of the kitchen. The bedroom is north of the kitchen. What is the kitchen south of?
Answer: bedroom
</example>

Your answer should contain only one word - location. Do not write anything else after that.`,
} as const;

/** A prompt in BABILong's format; task 3's head stands for 2, and 4's for 5. */
export function babilongPrompt(context: string, question: string, head: keyof typeof heads = 'qa1'): string {
  return `${heads[head]}\n\n<context>\n${context.trim()}\n</context>\n\nQuestion: ${question}`.trim();
}

/** So many sentences of eleven tokens each that state nothing. */
export function noise(sentences: number): string {
  return 'Call me Ishmael, said the old man of sea. '.repeat(sentences).trim();
}
