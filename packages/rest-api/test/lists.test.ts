import { describe, expect, it } from 'vitest';
import { EVALUATE, PREDICT, prepareProject, startServer, TRAIN } from './server.js';

describe('answers below /ttp/train and /ttp/evaluate', () => {
  it('are lists at every depth, for POST and GET', async () => {
    await using server = await startServer();
    await prepareProject(server);
    const work: readonly (readonly [string, object?])[] = [
      [`${TRAIN}/alignments`],
      [`${TRAIN}/models`],
      [`${TRAIN}/models/e`],
      [`${TRAIN}/models/e/r`],
      [`${EVALUATE}/validations`],
      [`${EVALUATE}/validations/e`],
      [`${EVALUATE}/validations/e/r`],
      [`${EVALUATE}/validations/e/r/alice`],
      ...['', '/p', '/p/e', '/p/e/r'].map((path) => [PREDICT + path, { tags: { p: [['new']] } }] as const),
      [`${TRAIN}/models/e/optimizations`, { search_space: { mu: 0.1 }, max_trial_num: 1 }],
    ];
    for (const [path, body] of work) {
      const made = await server.call('POST', path, body);
      expect([path, made.status, made.json.data]).toEqual([path, 201, expect.any(Array)]);
      const read = await server.call('GET', path);
      expect([path, read.json.data]).toEqual([path, made.json.data]);
      expect(read.json.data[0].doc_id).toEqual(expect.any(String));
    }
  });
});
