import { chatBody, chatFields } from './chat-body.ts';
import { countByMessages } from './count-prompt.ts';
import type { Engine } from './engine.ts';
import { parseHelpText } from './help-text.ts';
import { interpretOpenAi } from './openai-stream.ts';
import { openAiRecall } from './recall-fields.ts';

/** What holds for any server of the OpenAI API of which nothing more is known; an engine says where it differs. */
export const openAiServer = {
  notYet: null,
  address: { host: '--host', port: '--port' },
  holdPort: 'until-spawn',
  healthPath: '/health',
  needsEnv: [],
  fields: new Set(chatFields),
  coldCache: 'unverified',
  cacheReset: null,
  requestBody: chatBody,
  recall: openAiRecall,
  countPrompt: countByMessages,
  interpret: interpretOpenAi,
  ownTimes: () => null,
  factsPaths: [],
  metricsPath: null,
  facts: () => ({}),
  version: () => null,
  notices: () => [],
  phases: [],
  busyPatterns: [],
  histogramTimes: () => null,
  countedBetween: () => ({
    cachedTokens: null,
    preemptions: null,
    speculativeAcceptRate: null,
    speculativeTokensPerStep: null,
  }),
  contextLimit: () => null,
  contextFlags: [],
  speculates: () => false,
  compileCaches: () => [],
  help: null,
  parseHelp: parseHelpText,
  lintArgs: () => [],
  causes: [],
} satisfies Omit<Engine, 'name'>;
