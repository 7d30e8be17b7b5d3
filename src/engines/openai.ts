import type { Engine } from './engine.ts';
import { openAiServer } from './openai-server.ts';

/** A server that runs elsewhere: bench neither starts nor stops it, so its rows are `unwitnessed`. */
export const openai: Engine = {
  ...openAiServer,
  name: 'openai',
  address: { host: null, port: null },
  countPrompt: null,
};
