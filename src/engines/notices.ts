import type { Notice } from './engine.ts';
import { bare } from './log-reading.ts';

/** A kind of line that says a knob does not do what was asked. */
export interface NoticeRule {
  readonly code: Notice['code'];
  readonly pattern: RegExp;
}

/** So many are told; an engine that repeats itself in other words must not fill the row. */
const mostNotices = 40;
const longestText = 400;

/** What Python's libraries tell the engine's authors. */
const libraryWarning = /\b(?:PendingDeprecation|Deprecation|Future|User)Warning: /;

/**
 * Lines that a rule matches, each once, in the order they came; the first rule that matches a line names it.
 * @param silent lines that look like one and are not: what every start says.
 */
export function readNotices(
  log: readonly string[],
  rules: readonly NoticeRule[],
  silent: RegExp | null = null,
): Notice[] {
  const isSilent = (line: string): boolean => libraryWarning.test(line) || silent?.test(line) === true;
  const seen = new Map<string, Notice>();
  for (const line of log) {
    const rule = rules.find(({ pattern }) => pattern.test(line));
    if (rule === undefined || isSilent(line)) continue;
    const text = bare(line).slice(0, longestText);
    if (!seen.has(text)) seen.set(text, { code: rule.code, flag: flagIn(text), text });
    if (seen.size >= mostNotices) break;
  }
  return [...seen.values()];
}

/** The first flag a sentence names, or a variable of the engine's. */
function flagIn(text: string): string | null {
  return (
    /(?<![\w-])--[a-z][a-z0-9_-]*/i.exec(text)?.[0] ??
    /\b(?:VLLM|SGLANG|TRTLLM|TLLM|LLAMA_ARG|GGML)_[A-Z0-9_]+/.exec(text)?.[0] ??
    null
  );
}

/** Words all the Python engines use for it. */
export const pythonNoticeRules: readonly NoticeRule[] = [
  {
    code: 'untuned-kernel',
    pattern:
      /Using default [\w -]*config\. Performance might\s+be sub-optimal|MoE config file not found at|Config file not found at .*(?:Fallback|Performance might)/,
  },
  {
    code: 'autotune',
    pattern:
      /\[Auto[Tt]un+er\].*(?:fallback tactic|Failed when profiling|cache miss)|autotun\w*\b.*(?:unavailable|disabled|failed)|[Ss]kipping .*autotun|keeping (?:the|FlashInfer's) seed policy|Falling back to FlashInfer's default tactic/i,
  },
  {
    code: 'flag-unknown',
    pattern: /Unknown vLLM environment variable detected|Unknown (?:argument|option|field|key)\b/i,
  },
  {
    code: 'flag-ignored',
    pattern:
      /(?:present in the request but|is|are|be|and) ignored\b|has no effect|have no effect|takes no effect|won't work with|, ignor(?:e|ing) it\b/i,
  },
  { code: 'flag-deprecated', pattern: /\bdeprecated\b/i },
  {
    code: 'fallback',
    pattern:
      /fall(?:ing|s)? back\b|\bfallback to\b|precluded higher-priority backend|Compiling model again due to a load failure|\busing \S.* instead\b|defaulting to FA version/i,
  },
  {
    code: 'flag-overridden',
    pattern:
      /\bReduc(?:ing|ed) .*\bto\b|was reduced from|is set to \S+ based on|\b[Oo]verrid(?:ing|den)\b|\bForcing\b|\bDisabling\b|[Aa]uto-disabled|(?:will be|is|are) disabled\b|not supported.*(?:disabl|skip|instead)/,
  },
];
