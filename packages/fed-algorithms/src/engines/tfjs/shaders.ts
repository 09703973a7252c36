import { selectionNetwork } from '../simd/sorting-network.js';
import { SUMMED } from './block-kernels.js';

/**
 * WebGPU shaders in WGSL: what one invocation does for the element `index` of its output. `x` holds all columns, one after
 * the other; `c`, where there is one, the center.
 */
export const medianShader = (count: number) =>
  `${loadSelected(count, (count - 1) >> 1, (count >> 1) + 1, false)}
  setOutputAtIndex(index, ${middle(count)});`;

export const sumOfRanksShader = (count: number, from: number, to: number) =>
  `${loadSelected(count, from, to, false)}
  setOutputAtIndex(index, ${ranks(from, to).join(' + ')});`;

/** If `p` of rank k holds, the kept values, which are adjacent, begin after rank k. */
export function sumAroundShader(count: number, keep: number, centered: boolean): string {
  const spare = count - keep;
  const passed = Array.from(
    { length: spare },
    (_, k) => `let p${k} = (center - v${k}) > (v${k + keep} - center);`,
  );
  const kept = ranks(0, count).map((value, k) => {
    const begun = k < spare ? `select(${value}, 0.0, p${k})` : value;
    return k < keep ? begun : `select(0.0, ${begun}, p${k - keep})`;
  });
  return `${loadSelected(count, 0, count, true)}
  let center = ${centered ? 'c[index]' : middle(count)};
  ${passed.join('\n  ')}
  setOutputAtIndex(index, ${kept.join(' + ')});`;
}

/** Sums of sums, so that float32 rounds little; neighbours read neighbours. */
export function squaredDistancesShader(): string {
  const inner = Math.sqrt(SUMMED);
  return `let parts = uniforms.outShape[1];
  let part = index % parts;
  var i = 1;
  var j = index / parts;
  while (j >= i) {
    j -= i;
    i++;
  }
  var a = i * uniforms.xShape[1] + part;
  var b = j * uniforms.xShape[1] + part;
  var sum = 0.0;
  for (var outer = 0; outer < ${inner}; outer++) {
    var squares = 0.0;
    for (var inner = 0; inner < ${inner}; inner++) {
      let difference = x[a] - x[b];
      squares += difference * difference;
      a += parts;
      b += parts;
    }
    sum += squares;
  }
  setOutputAtIndex(index, sum);`;
}

/** After it `v<rank>` holds the value of each rank in [from, to), in order only where `ordered`. */
function loadSelected(count: number, from: number, to: number, ordered: boolean): string {
  const loads = ranks(0, count).map((value, k) => `var ${value} = x[${k} * uniforms.outShape + index];`);
  const exchanges = selectionNetwork(count, from, to, ordered).map(({ low, high, keeps }) => {
    if (keeps === 'low') return `v${low} = min(v${low}, v${high});`;
    if (keeps === 'high') return `v${high} = max(v${low}, v${high});`;
    return `{ let less = min(v${low}, v${high}); v${high} = max(v${low}, v${high}); v${low} = less; }`;
  });
  return [...loads, ...exchanges].join('\n  ');
}

function ranks(from: number, to: number): string[] {
  return Array.from({ length: to - from }, (_, k) => `v${from + k}`);
}

/** Halved before they are added: the sum may leave float32's range. */
function middle(count: number): string {
  const [lower, upper] = [`v${(count - 1) >> 1}`, `v${count >> 1}`];
  return lower === upper ? upper : `0.5 * ${lower} + 0.5 * ${upper}`;
}
