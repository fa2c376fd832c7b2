/** How each of up to 56 runs is drawn: colours that colour-blind readers tell apart, then dashes. Pure. */

export const SHAPES = ['circle', 'square', 'triangle', 'diamond', 'cross', 'plus', 'down'] as const;
export type Shape = (typeof SHAPES)[number];

/** What a run looks like in every chart, the legend and the table. */
export interface Look {
  colour: string;
  /** In CSS pixels; none is a plain line. */
  dash: readonly number[];
  /** Of a point on its own. */
  shape: Shape;
}

/** After Okabe and Ito (2008), each at a contrast of at least 3 to the ground it stands on. */
const LIGHT = ['#0072b2', '#d55e00', '#007a5a', '#b0438a', '#8a6d00', '#2b8cc4', '#444444'];
const DARK = ['#56b4e9', '#ff9d4d', '#2fc397', '#e48cc0', '#f0e442', '#b7a3ff', '#d8d8d8'];

/** Colours come again with other dashes. */
const DASHES: readonly (readonly number[])[] = [
  [],
  [7, 3],
  [2, 2],
  [9, 3, 2, 3],
  [14, 4],
  [2, 5],
  [5, 2, 5, 6],
  [12, 3, 2, 3, 2, 3]
];

/** The look of the run at that place in the comparison. */
export function lookOf(index: number, dark: boolean): Look {
  const colours = dark ? DARK : LIGHT;
  const round = Math.floor(index / colours.length);
  return {
    colour: colours[index % colours.length] ?? '',
    dash: DASHES[round % DASHES.length] ?? [],
    // Not in step with the colours: a shape and a colour together tell more than either.
    shape: SHAPES[(index + round) % SHAPES.length] ?? 'circle'
  };
}
