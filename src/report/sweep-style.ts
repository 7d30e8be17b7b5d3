/** The page of a sweep, light or dark as its reader has it; cells have their own colours in both. */
export const sweepStyle = `
:root { color-scheme: light dark; --page: #ffffff; --ink: #16191d; --faint: #565d66; --line: #d5dae0; --stripe: #dde2e8; --alert: #b3261e; }
@media (prefers-color-scheme: dark) {
  :root { --page: #14171b; --ink: #e8ebee; --faint: #a3abb5; --line: #3a414a; --stripe: #2b3139; --alert: #ff8a80; }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 1200px; margin: 0 auto; padding: 24px 20px 48px; }
h1 { font-size: 24px; line-height: 1.3; margin: 0; overflow-wrap: anywhere; }
h2 { font-size: 18px; margin: 0 0 4px; overflow-wrap: anywhere; }
h3 { font-size: 16px; margin: 12px 0 4px; overflow-wrap: anywhere; }
p { margin: 4px 0; }
ul { margin: 4px 0; padding-left: 22px; }
li { margin: 4px 0; overflow-wrap: anywhere; }
code { font: 14px/1.4 ui-monospace, monospace; overflow-wrap: anywhere; }
section { margin-top: 28px; }
.faint, figcaption { color: var(--faint); font-size: 14px; }
figcaption h2 { color: var(--ink); }
.alert { border: 2px solid var(--alert); border-radius: 6px; padding: 12px 16px; }
.alert h2 { color: var(--alert); }
.maps { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 520px), 1fr)); gap: 28px 40px; margin-top: 28px; }
figure { margin: 0; min-width: 0; }
.map { overflow-x: auto; margin-top: 8px; }
.hidden { position: absolute; }
svg { display: block; print-color-adjust: exact; -webkit-print-color-adjust: exact; }
svg text { font-size: 12.5px; text-anchor: middle; }
svg .number { font-size: 16px; }
svg .number, svg .word { font-weight: 600; }
svg .head, svg .legend, svg .name, svg .on-empty { fill: var(--ink); }
svg .head { font-weight: 600; }
svg .name { font-size: 13px; }
svg .name, svg .legend { text-anchor: start; }
svg .legend { fill: var(--faint); font-size: 12px; }
svg .end { text-anchor: end; }
svg .on-empty { paint-order: stroke; stroke: var(--page); stroke-width: 4px; stroke-linejoin: round; }
.empty { fill: var(--page); }
.stripe { fill: var(--stripe); }
rect.failed { fill: url(#hatch); }
g rect { stroke: var(--line); }
table { border-collapse: collapse; font-size: 14px; }
th, td { text-align: left; padding: 4px 16px 4px 0; border-bottom: 1px solid var(--line); vertical-align: top; }
th { white-space: nowrap; }
td { overflow-wrap: anywhere; min-width: 64px; }
`;
