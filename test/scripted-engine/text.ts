/** Words with one to four bytes a letter, so that any cut meets a UTF-8 sequence sooner or later. */
const words = ['river', ' naïve', ' 東京', ' the', ' 🚲', ' Ωmega', ' quick', ' żółw'];

/** The text of tokens `from` to `from + count`: always the same for the same numbers. */
export function textOfTokens(from: number, count: number): string {
  return Array.from({ length: count }, (_, at) => words[(from + at) % words.length]).join('');
}
