import { createCipheriv } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addMask,
  addWrapping,
  agree,
  dequantise,
  derive,
  fixedPoint,
  fixedPointFor,
  isSigned,
  keyPair,
  modulusBits,
  neighbourCount,
  neighbourGraph,
  quantise,
  reduce,
  seal,
  signBytes,
  toFixed,
  toFloat,
  unseal,
} from '../src/index.js';
import { vectorsOf } from './vectors.js';

const vectors = vectorsOf('secagg-crypto');
const bytesOf = (hex: string) => Uint8Array.from(Buffer.from(hex, 'hex'));
const hexOf = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const impossible = expect.objectContaining({ code: 'impossible_setting' });

describe('keys', () => {
  it('agree on the X25519 secret of OpenSSL', () => {
    const { input, expected } = vectors.take<
      Record<'private_a_hex' | 'private_b_hex' | 'public_a_hex' | 'public_b_hex', string>,
      { shared_hex: string; hkdf_hex: string }
    >('x25519-AC');
    const [a, b] = [input.private_a_hex, input.private_b_hex].map((hex) => keyPair('x25519', bytesOf(hex)));
    expect([a!, b!].map(({ publicKey }) => hexOf(publicKey))).toEqual([
      input.public_a_hex,
      input.public_b_hex,
    ]);
    const shared = agree(a!.privateKey, b!.publicKey);
    expect(hexOf(shared)).toBe(expected.shared_hex);
    expect(agree(b!.privateKey, a!.publicKey)).toEqual(shared);
    expect(hexOf(derive(shared, new Uint8Array(), 'fl-pairwise-mask', 32))).toBe(expected.hkdf_hex);
  });

  it('agree on the secret of RFC 7748, 5.2, first vector', () => {
    const scalar = bytesOf('a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4');
    const point = bytesOf('e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c');
    const output = 'c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552';
    expect(hexOf(agree(scalar, point))).toBe(output);
  });

  it('derive the bytes of RFC 5869, A.1', () => {
    const { input, expected } = vectors.take<
      { ikm_hex: string; salt_hex: string; info_hex: string; length: number },
      string
    >('hkdf-rfc5869-1');
    const info = bytesOf(input.info_hex);
    expect(hexOf(derive(bytesOf(input.ikm_hex), bytesOf(input.salt_hex), info, input.length))).toBe(expected);
  });

  it('refuse a public key of small order', () => {
    expect(() => agree(keyPair('x25519').privateKey, new Uint8Array(32))).toThrow();
  });

  it('sign bytes, and only those', () => {
    const { privateKey, publicKey } = keyPair('ed25519');
    const signature = signBytes(privateKey, bytesOf('0102'));
    expect(isSigned(publicKey, bytesOf('0102'), signature)).toBe(true);
    expect(isSigned(publicKey, bytesOf('0103'), signature)).toBe(false);
    expect(isSigned(keyPair('ed25519').publicKey, bytesOf('0102'), signature)).toBe(false);
    expect(isSigned(publicKey, bytesOf('0102'), signature.subarray(1))).toBe(false);
  });
});

describe('sealed shares', () => {
  const key = new Uint8Array(32).fill(7);
  it('open with the same key and associated data', () => {
    const sealed = seal(key, bytesOf('010203'), bytesOf('aa'));
    expect(unseal(key, sealed, bytesOf('aa'))).toEqual(bytesOf('010203'));
    expect(unseal(key, sealed, bytesOf('ab'))).toBeUndefined();
    expect(unseal(new Uint8Array(32), sealed, bytesOf('aa'))).toBeUndefined();
    expect(
      unseal(
        key,
        sealed.map((byte, i) => (i === 13 ? byte ^ 1 : byte)),
        bytesOf('aa'),
      ),
    ).toBeUndefined();
    expect(unseal(key, sealed.subarray(0, 5), bytesOf('aa'))).toBeUndefined();
  });
});

describe('masks', () => {
  it('come from AES-CTR as NIST SP 800-38A defines it', () => {
    const { input, expected } = vectors.take<
      { key_hex: string; counter_hex: string; plaintext_hex: string },
      string
    >('aes-ctr-nist');
    const cipher = createCipheriv('aes-128-ctr', bytesOf(input.key_hex), bytesOf(input.counter_hex));
    expect(cipher.update(bytesOf(input.plaintext_hex)).toString('hex')).toBe(expected);
    const mask = new Uint32Array(4);
    addMask(mask, new Uint8Array(32), 1);
    // AES-256 of the zero block under the zero key.
    expect(hexOf(new Uint8Array(mask.buffer))).toBe('dc95c078a2408989ad48a21492842087');
  });

  it('do not depend on how a vector is divided into chunks', () => {
    const seed = new Uint8Array(32).fill(3);
    const [long, short] = [new Uint32Array(65_536 + 5), new Uint32Array(65_536)];
    addMask(long, seed, 1);
    addMask(short, seed, 1);
    expect(long.subarray(0, 65_536)).toEqual(short);
    expect(new Set(long.subarray(65_536)).size).toBe(5);
  });

  it('cancel bit-exactly for random cohorts, graphs, drop-outs and moduli', () => {
    const cohort = fc.record({
      size: fc.integer({ min: 3, max: 40 }),
      rate: fc.double({ min: 0, max: 0.9, noNaN: true }),
      seed: fc.string(),
      bits: fc.integer({ min: 8, max: 32 }),
      gone: fc.array(fc.nat(39), { maxLength: 10 }),
    });
    fc.assert(
      fc.property(cohort, ({ size, rate, seed, bits, gone }) => {
        const names = Array.from({ length: size }, (_, i) => `p${i}`);
        const graph = neighbourGraph(names, neighbourCount(size, rate), seed);
        const pairSeed = (a: string, b: string) =>
          derive(Buffer.from([a, b].sort().join()), new Uint8Array(), seed, 32);
        const addPairs = (vector: Uint32Array, name: string, peers: readonly string[]) => {
          for (const peer of peers) addMask(vector, pairSeed(name, peer), name < peer ? 1 : -1);
        };
        const stays = (name: string) => !gone.includes(names.indexOf(name));
        const [sum, plain] = [new Uint32Array(9), new Uint32Array(9)];
        for (const name of names.filter(stays)) {
          const values = Uint32Array.from({ length: 9 }, (_, i) => names.indexOf(name) * 1e8 + i);
          addWrapping(plain, values);
          addPairs(values, name, graph.get(name)!);
          addWrapping(sum, values);
        }
        // What the server adds for those that dropped out.
        for (const name of names.filter((each) => !stays(each)))
          addPairs(sum, name, graph.get(name)!.filter(stays));
        reduce(sum, bits);
        reduce(plain, bits);
        expect(sum).toEqual(plain);
      }),
      { numRuns: 30 },
    );
  });
});

describe('neighbours', () => {
  it('are everybody up to 32, then grow with the logarithm and the drop-out rate', () => {
    expect([3, 32, 33, 100, 1000].map((n) => neighbourCount(n))).toEqual([2, 31, 12, 14, 20]);
    expect(neighbourCount(100, 0.3)).toBe(20);
    expect(() => neighbourCount(100, 1)).toThrow(impossible);
  });

  it('know each other, and depend on the seed alone', () => {
    const names = Array.from({ length: 50 }, (_, i) => `p${i}`);
    const graph = neighbourGraph(names, 12, 'a');
    for (const [name, peers] of graph) {
      expect(peers).toHaveLength(12);
      for (const peer of peers) expect(graph.get(peer)).toContain(name);
    }
    expect(neighbourGraph(names.toReversed(), 12, 'a')).toEqual(graph);
    expect(neighbourGraph(names, 12, 'b')).not.toEqual(graph);
  });
});

describe('fixed point', () => {
  it.each([
    'flsim-fixedpoint-17.42',
    'flsim-fixedpoint--2.34',
    'flsim-fixedpoint--2.3416',
    'flsim-fixedpoint--327.69',
  ])('matches FLSim: %s', (id) => {
    const { input, expected } = vectors.take<
      { num_bytes: number; scaling_factor: number; value: number },
      number
    >(id);
    expect(toFixed(fixedPoint(8 * input.num_bytes, input.scaling_factor), input.value)).toBe(expected);
  });

  it.each(['flsim-tofloat-157-85', 'flsim-tofloat-832.8-30'])('converts back like FLSim: %s', (id) => {
    const { input, expected } = vectors.take<{ scaling_factor: number; value: number }, number>(id);
    expect(toFloat({ scale: input.scaling_factor }, input.value)).toBeCloseTo(expected, 12);
  });

  it('has the range of its bits and rejects impossible ones', () => {
    const { expected } = vectors.take<
      unknown,
      { min: number; max: number; errors: { num_bytes: number; scaling_factor?: number }[] }
    >('flsim-fixedpoint-range');
    expect(fixedPoint(16, 1)).toMatchObject({ min: expected.min, max: expected.max });
    for (const { num_bytes, scaling_factor = 1 } of expected.errors)
      expect(() => fixedPoint(8 * num_bytes, scaling_factor)).toThrow(impossible);
  });

  it('refuses by name a cohort that could overflow', () => {
    const { input } = vectors.take<{ clients: number; num_bytes: number }, unknown>('flsim-secagg-overflow');
    expect(modulusBits(fixedPoint(8 * input.num_bytes, 10), input.clients)).toBe(12);
    expect(() => modulusBits(fixedPointFor(1, 24), 257)).toThrow(
      expect.objectContaining({ code: 'mask_overflow', message: expect.stringContaining('33 bits') }),
    );
  });

  it('restores the weighted mean of negative and positive values', () => {
    const format = fixedPointFor(4, 16);
    const bits = modulusBits(format, 10);
    const sum = new Uint32Array(3);
    for (const [values, weight] of [
      [[1, -4], 3],
      [[-2, -4], 7],
    ] as const)
      addWrapping(sum, quantise(format, Float32Array.from(values), weight, () => 0.5).vector);
    reduce(sum, bits);
    const { mean, weight } = dequantise(format, sum, bits);
    expect(weight).toBe(10);
    expect(mean[0]).toBeCloseTo(-1.1, 3);
    expect(mean[1]).toBeCloseTo(-4, 3);
  });

  it('counts the values that the bound cuts and rejects values that are not finite', () => {
    const format = fixedPointFor(1, 8);
    expect(quantise(format, Float32Array.of(0.5, 1, -1.5, 9), 1).cut).toBe(2);
    expect(() => quantise(format, Float32Array.of(Number.NaN), 1)).toThrow(impossible);
    expect(() => quantise(format, Float32Array.of(1), 0)).toThrow(impossible);
  });

  it('rounds without bias', () => {
    const format = fixedPoint(16, 1);
    const grid = Array.from({ length: 1000 }, (_, i) => i / 1000);
    const mean = grid.reduce((sum, u) => sum + toFixed(format, 2.25, () => u), 0) / grid.length;
    expect(mean).toBeCloseTo(2.25, 10);
  });
});
