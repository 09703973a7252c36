import {
  createManifest,
  createRegistry,
  deriveSeed,
  initialiseWeights,
  parseRunArguments,
  trainLocally,
  type ExchangeOutcome,
  type Message,
  type Model,
  type Samples,
  type Tensors,
} from '@synergos/fed-algorithms';
import { describe, expect, it } from 'vitest';
import { compileNetwork } from '../src/network.js';
import { clusterModel as model, clusters } from './clusters.js';

const L = 1;
const manifest = createManifest(model);
const lowerSize = createManifest(model.slice(0, L)).size;
const start = initialiseWeights(model, manifest, 5);
const all = clusters(60);
const signal = new AbortController().signal;
const registry = createRegistry();
const { round, answers } = registry.get('FedGKT').exchange!;
const rows = (from: number, to: number): Samples => ({
  features: all.features.slice(from * 2, to * 2),
  shape: [2],
  targets: all.targets.slice(from, to),
  count: to - from,
});
const data: Readonly<Record<string, Samples>> = { a: rows(0, 24), b: rows(24, 60) };

/** Two participants and a TTP in one process. */
function createFederation(change: object = {}) {
  const raw = { epochs: 3, batch_size: 12, lr: 0.1, lr_scheduler: 'none', criterion: 'NLLLoss' };
  const args = parseRunArguments(registry, { algorithm: 'FedGKT', L, ...raw, ...change }).arguments;
  const compile = (layers: Model, part = 'whole') =>
    compileNetwork(layers, { action: 'classify', ...(part === 'whole' && { criterion: args.criterion }) });
  const states: Record<string, Record<string, Float32Array>> = { a: {}, b: {} };
  const told: { name: string; asked: Message; answer: Message }[] = [];
  return {
    args,
    compile,
    states,
    told,
    run: (weights: Float32Array, kept: Tensors = {}, cohort: readonly string[] = ['a', 'b'], number = 1) => {
      const common = { action: 'classify', model, manifest, round: number, args, signal, compile } as const;
      return round({
        ...common,
        cohort,
        weights,
        kept,
        ask: () => Promise.reject(new Error('all are asked at once')),
        drop: (_participant, reason) => Promise.reject(reason),
        askAll: async (names, question, messageFor) => {
          const got = new Map<string, Message>();
          for (const name of names) {
            const asked = messageFor?.(name) ?? {};
            const answer = await answers[question]!({
              ...common,
              message: asked,
              global: weights,
              samples: () => Promise.resolve(data[name]!),
              evaluation: () => Promise.resolve(null),
              state: states[name]!,
              session: new Map(),
              seed: 9,
            });
            told.push({ name, asked, answer });
            got.set(name, answer);
          }
          return got;
        },
      });
    },
  };
}
const globalOf = ({ global }: ExchangeOutcome) => global as Float32Array;
const upperOf = (outcome: ExchangeOutcome) => globalOf(outcome).subarray(lowerSize);
const far = (one: Float32Array, other: Float32Array) =>
  Math.max(...one.map((value, i) => Math.abs(value - other[i]!)));

describe('FedGKT', () => {
  it("sends its own extractor's features, logits and labels, and no rows", async () => {
    const federation = createFederation();
    await federation.run(start);
    for (const { name, answer } of federation.told) {
      const { features, logits, labels, ...more } = answer.tensors!;
      const { count, targets } = data[name]!;
      expect(more).toEqual({});
      expect([features!.shape, logits!.shape, labels!.shape]).toEqual([[count, 6], [count, 3], [count]]);
      expect(labels!.data).toEqual(targets);
      const extractor = await federation.compile(model.slice(0, L), 'part');
      const own = federation.states[name]!.local!.subarray(0, lowerSize);
      expect(features!.data).toEqual(extractor.predict(own, data[name]!));
      expect(own).not.toEqual(start.subarray(0, lowerSize));
    }
    expect(federation.states.a!.local).not.toEqual(federation.states.b!.local);
  });

  it('without distillation trains the upper layers on the labels of all, by alpha, and leaves the lower ones', async () => {
    // With plain SGD a weight of the loss is one of the learning rate.
    const federation = createFederation({
      whether_distill_on_the_server: false,
      alpha: 0.5,
      server_epochs: 4,
    });
    const outcome = await federation.run(start);
    const [a, b] = federation.told.map(({ answer }) => answer.tensors!);
    const { weights, epochs } = await trainLocally({
      model: await federation.compile(model.slice(L)),
      samples: {
        features: Float32Array.from([...a!.features!.data, ...b!.features!.data]),
        shape: [6],
        targets: Float32Array.from([...a!.labels!.data, ...b!.labels!.data]),
        count: 60,
      },
      start: start.subarray(lowerSize),
      args: { ...federation.args, lr: 0.05, epochs: 4 },
      seed: deriveSeed(federation.args.seed, 1, 'server'),
      signal,
    });
    expect(epochs).toBe(4);
    expect(far(upperOf(outcome), weights as Float32Array)).toBeLessThan(1e-5);
    expect(far(upperOf(outcome), start.subarray(lowerSize))).toBeGreaterThan(0.01);
    expect(globalOf(outcome).subarray(0, lowerSize)).toEqual(start.subarray(0, lowerSize));
  });

  it("distils the participants' logits into the server model, by its flag, alpha and temperature", async () => {
    const upper = async (change: object) => upperOf(await createFederation(change).run(start));
    const both = await upper({});
    expect(await upper({})).toEqual(both);
    for (const change of [{ whether_distill_on_the_server: false }, { alpha: 0 }, { temperature: 1 }])
      expect(far(await upper(change), both), JSON.stringify(change)).toBeGreaterThan(1e-4);
  });

  it('gives each its logits back in the next round, of those that were away their last', async () => {
    const federation = createFederation();
    const first = await federation.run(start);
    const network = await federation.compile(model.slice(L));
    for (const { name, asked, answer } of federation.told) {
      expect(asked.tensors).toEqual({});
      const { features } = answer.tensors!;
      const scores = network.scores(upperOf(first), {
        features: features!.data,
        shape: [6],
        targets: data[name]!.targets,
        count: data[name]!.count,
      });
      expect(first.keep![`logits.${name}`]!.data).toEqual(scores);
    }
    const second = await federation.run(globalOf(first), first.keep, ['b'], 2);
    expect(federation.told.at(-1)!.asked.tensors!.logits).toEqual(first.keep!['logits.b']);
    expect(second.keep!['logits.a']).toEqual(first.keep!['logits.a']);
    expect(second.keep!['logits.b']).not.toEqual(first.keep!['logits.b']);
  });

  it('a participant resumes from its own extractor, which it never sends', async () => {
    const after = async (forgets: boolean) => {
      const federation = createFederation();
      const first = await federation.run(start);
      if (forgets) delete federation.states.a!.local;
      await federation.run(globalOf(first), first.keep, ['a'], 2);
      return federation.states.a!.local!.subarray(0, lowerSize);
    };
    expect(far(await after(true), await after(false))).toBeGreaterThan(1e-4);
  });

  it("the logits of the TTP change a participant's extractor", async () => {
    const after = async (withLogits: boolean) => {
      const federation = createFederation();
      const first = await federation.run(start);
      await federation.run(globalOf(first), withLogits ? first.keep : {}, ['a', 'b'], 2);
      return federation.states.a!.local!.subarray(0, lowerSize);
    };
    expect(far(await after(true), await after(false))).toBeGreaterThan(1e-4);
  });
});
