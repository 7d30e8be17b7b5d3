import { chatBody, chatFields } from './chat-body.ts';
import type { Engine } from './engine.ts';
import { interpretOpenAi } from './openai-stream.ts';

/** A server that runs elsewhere: bench neither starts nor stops it, so its rows are `unwitnessed`. */
export const openai: Engine = {
  name: 'openai',
  notYet: null,
  address: { host: null, port: null },
  holdPort: 'until-spawn',
  healthPath: '/health',
  needsEnv: [],
  fields: new Set(chatFields),
  coldCache: 'unverified',
  requestBody: chatBody,
  interpret: interpretOpenAi,
  ownTimes: () => null,
  factsPath: null,
  version: () => null,
  speculates: () => false,
  causes: [],
};
