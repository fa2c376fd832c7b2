/** The charts and numbers of a comparison as files. */
import { formatTicks, formatValue } from '../../ui/numbers';
import { logTicks, xLabels } from '../../charts/ticks';
import type { Scene } from './chart';
import type { CompareModel } from '../data/model';
import { RATE } from '../data/curves';
import { pointsIn } from '../data/geometry';
import { numbersOf } from './options';
import { lookOf } from './palette';

const SVG = 'http://www.w3.org/2000/svg';
const WIDTH = 640;
const PLOT = { left: 64, right: 20, top: 34, bottom: 44, height: 240 };
const LEGEND_ROW = 20;
const LEGEND_COLUMN = 200;

/** One picture of all charts with their legend; black on white, as papers want it. */
export function pictureOf(
  charts: readonly { scene: Scene; height: readonly [number, number] }[],
  axisTitle: string
): SVGSVGElement {
  const columns = charts.length > 1 ? 2 : 1;
  const block = PLOT.top + PLOT.height + PLOT.bottom;
  const rows = Math.ceil(charts.length / columns);
  const keys = [...new Set(charts.flatMap(({ scene }) => scene.drawn.map(one => one.curve.key)))];
  const perRow = Math.max(1, Math.floor((columns * WIDTH - 20) / LEGEND_COLUMN));
  const legend = Math.ceil(keys.length / perRow) * LEGEND_ROW + 12;
  const [width, height] = [columns * WIDTH, rows * block + legend];
  const root = shape('svg', {
    xmlns: SVG,
    viewBox: `0 0 ${width} ${height}`,
    width: String(width),
    height: String(height),
    'font-family': 'system-ui, sans-serif',
    'font-size': '11'
  });
  root.append(shape('rect', { width: String(width), height: String(height), fill: '#fff' }));
  charts.forEach((chart, index) => {
    const place = shape('g', {
      transform: `translate(${(index % columns) * WIDTH} ${Math.floor(index / columns) * block})`
    });
    plot(place, chart.scene, chart.height, axisTitle, index);
    root.append(place);
  });
  const first = charts[0]?.scene;
  keys.forEach((key, index) => {
    const look = lookOf(first?.indexOf(key) ?? 0, false);
    const x = 20 + (index % perRow) * LEGEND_COLUMN;
    const y = rows * block + Math.floor(index / perRow) * LEGEND_ROW + 10;
    root.append(
      shape('path', {
        d: `M${x} ${y}h26`,
        stroke: look.colour,
        'stroke-width': '2',
        'stroke-dasharray': look.dash.join(' ')
      }),
      text(first?.labels.get(key) ?? key, x + 32, y + 4, 'start')
    );
  });
  return root;
}

function plot(
  place: SVGGElement,
  scene: Scene,
  height: readonly [number, number],
  axisTitle: string,
  index: number
): void {
  const room = WIDTH - PLOT.left - PLOT.right;
  const [from, to] = scene.range;
  const [low, high] = scene.log ? [Math.log10(height[0]), Math.log10(height[1])] : height;
  const x = (value: number): number => PLOT.left + (room * (value - from)) / (to - from);
  const y = (value: number): number => {
    const at = scene.log ? Math.log10(value) : value;
    return PLOT.top + PLOT.height * (1 - (at - low) / (high - low));
  };
  const title = text(scene.metric, PLOT.left, 20, 'start');
  title.setAttribute('font-weight', '600');
  place.append(title);
  const ticks = scene.log ? logTicks(height[0], height[1], 8) : evenly(height, 6);
  const labels = scene.log ? ticks.map(formatValue) : formatTicks(ticks);
  ticks.forEach((tick, at) => {
    place.append(
      shape('path', { d: `M${PLOT.left} ${y(tick)}h${room}`, stroke: '#e5e5e5' }),
      text(labels[at] ?? '', PLOT.left - 6, y(tick) + 4, 'end')
    );
  });
  const marks = evenly(scene.range, 8);
  const names = xLabels(numbersOf(scene.axis), marks);
  const base = PLOT.top + PLOT.height;
  marks.forEach((mark, at) => {
    place.append(
      shape('path', { d: `M${x(mark)} ${base}v4`, stroke: '#999' }),
      text(names[at] ?? '', x(mark), base + 16, 'middle')
    );
  });
  place.append(
    shape('path', {
      d: `M${PLOT.left} ${PLOT.top}V${base}h${room}`,
      stroke: '#999',
      fill: 'none'
    }),
    text(axisTitle, PLOT.left + room / 2, base + 32, 'middle')
  );
  const clip = shape('clipPath', { id: `kr-plot-${index}` });
  clip.append(
    shape('rect', {
      x: String(PLOT.left),
      y: String(PLOT.top),
      width: String(room),
      height: String(PLOT.height)
    })
  );
  const curves = shape('g', { 'clip-path': `url(#kr-plot-${index})`, fill: 'none' });
  for (const one of scene.drawn) {
    const look = lookOf(scene.indexOf(one.curve.key), false);
    const floor = scene.log ? 0 : -Infinity;
    const points = pointsIn(one.curve.x, one.y, one.from, scene.range, room * 2, floor);
    let d = '';
    let open = false;
    points.x.forEach((value, row) => {
      const at = points.y[row] ?? NaN;
      if (Number.isNaN(at)) {
        open = false;
        return;
      }
      const [left, top] = [x(value).toFixed(1), y(at).toFixed(1)];
      d += !open
        ? `M${left} ${top}`
        : one.stepped || scene.metric === RATE
          ? `H${left}V${top}`
          : `L${left} ${top}`;
      open = true;
    });
    curves.append(
      shape('path', {
        d,
        stroke: look.colour,
        'stroke-width': '1.5',
        'stroke-dasharray': look.dash.join(' ')
      })
    );
  }
  place.append(clip, curves);
}

/** Every value of the metrics that have a chart, a line an epoch of a run. */
export function csvOf(model: CompareModel): string {
  const metrics = model.charted;
  const lines = [['run', 'folder', 'epoch', 'step', 'seconds', ...metrics]];
  for (const { key, summary } of model.runs) {
    if (summary === null || model.view.hidden.includes(key)) {
      continue;
    }
    const columns = metrics.map(metric => {
      const curve = model.curves(metric).find(one => one.key === key);
      return new Map(Array.from(curve?.y ?? [], (value, row) => [curve?.epoch[row], value]));
    });
    summary.epoch.forEach((epoch, row) => {
      lines.push([
        model.labels.get(key) ?? key,
        key,
        String(epoch),
        String(summary.step[row] ?? ''),
        String(summary.seconds[row] ?? ''),
        ...columns.map(values => String(values.get(epoch) ?? ''))
      ]);
    });
  }
  return lines.map(line => `${line.map(field).join(',')}\n`).join('');
}

/** As RFC 4180 has it; a name that a spreadsheet would take for a formula stays a name. */
function field(value: string): string {
  const safe = /^[=+@\t\r]|^-(?![\d.]|Infinity)/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replace(/"/g, '""')}"` : safe;
}

/** The picture as the text of a file. */
export function svgText(picture: SVGSVGElement): string {
  return new XMLSerializer().serializeToString(picture);
}

/** The picture in pixels, two to a CSS pixel. */
export async function pngOf(picture: SVGSVGElement): Promise<Blob> {
  const url = URL.createObjectURL(new Blob([svgText(picture)], { type: 'image/svg+xml' }));
  try {
    const image = new Image();
    image.src = url;
    await image.decode();
    const canvas = document.createElement('canvas');
    canvas.width = image.naturalWidth * 2;
    canvas.height = image.naturalHeight * 2;
    canvas.getContext('2d')?.drawImage(image, 0, 0, canvas.width, canvas.height);
    return await new Promise((resolve, reject) => {
      canvas.toBlob(blob => {
        if (blob === null) {
          reject(new Error('The browser could not make a picture of that size'));
        } else {
          resolve(blob);
        }
      }, 'image/png');
    });
  } finally {
    URL.revokeObjectURL(url);
  }
}

/** Save a file where the browser saves files. */
export function save(blob: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => {
    URL.revokeObjectURL(link.href);
  }, 10_000);
}

function evenly([from, to]: readonly [number, number], most: number): number[] {
  const rough = (to - from) / most;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map(factor => factor * power).find(one => one >= rough) ?? rough;
  const ticks: number[] = [];
  for (let n = Math.ceil(from / step - 1e-9); n * step <= to * (1 + 1e-9); n++) {
    ticks.push(Number((n * step).toPrecision(12)));
  }
  return ticks;
}

function text(words: string, x: number, y: number, anchor: string): SVGTextElement {
  const node = shape('text', { x: String(x), y: String(y), 'text-anchor': anchor, fill: '#333' });
  node.textContent = words;
  return node;
}

function shape<Tag extends keyof SVGElementTagNameMap>(
  tag: Tag,
  attributes: Record<string, string>
): SVGElementTagNameMap[Tag] {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) {
    node.setAttribute(name, value);
  }
  return node;
}
