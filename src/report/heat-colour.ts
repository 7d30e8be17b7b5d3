/** A colour as `#rrggbb`, and black or white for a text on it. */
export interface HeatColour {
  readonly fill: string;
  readonly ink: '#000000' | '#ffffff';
}

/** One hue from light to dark, so that the order stays where colours are not told apart, or are printed grey. */
const stops = [
  [237, 243, 252],
  [167, 199, 238],
  [78, 137, 205],
  [24, 74, 137],
  [8, 34, 74],
] as const;

/**
 * The colour of a place on a sequential scale; darker is more. The text on it has a contrast of 4.58 at least: that of black
 * and of white where both are alike.
 * @param place In [0, 1]; beyond it the nearest end.
 */
export function heatColour(place: number): HeatColour {
  const at = Math.max(0, Math.min(1, place)) * (stops.length - 1);
  const from = Math.min(Math.floor(at), stops.length - 2);
  const channels = [0, 1, 2].map((channel) => {
    const [low, high] = [stops[from]?.[channel] ?? 0, stops[from + 1]?.[channel] ?? 0];
    return Math.round(low + (high - low) * (at - from));
  });
  const fill = `#${channels.map((value) => value.toString(16).padStart(2, '0')).join('')}`;
  const isInkBlack = contrast(fill, '#000000') >= contrast(fill, '#ffffff');
  return { fill, ink: isInkBlack ? '#000000' : '#ffffff' };
}

/** Contrast ratio of two colours, 1 to 21: (L1 + 0.05) / (L2 + 0.05), the lighter first (WCAG 2.2, contrast ratio). */
export function contrast(one: string, other: string): number {
  const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return ((high ?? 0) + 0.05) / ((low ?? 0) + 0.05);
}

/** WCAG 2.2, relative luminance; the weights are those of sRGB. */
function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const value = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
