/** Whether a variable of this name commonly holds a secret; `..._TOKENS` is a number, `TOKENIZERS_...` a switch. */
export function soundsSecret(name: string): boolean {
  return /TOKEN(?!S|IZ)|SECRET|PASS(?:W|PHRASE)|KEY|CREDENTIAL|AUTH(?!OR)/i.test(name);
}
