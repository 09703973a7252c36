import { describe, expect, it } from 'vitest';
import { P, PREDICT, prepareProject, R, registrationOf, startServer, TRAIN } from './server.js';

const TAGS = { p: [['data', 'new']] };

async function trained() {
  const server = await startServer();
  await prepareProject(server);
  await server.call('POST', R, { run_id: 's' });
  await server.call('POST', `${TRAIN}/models/e/r`);
  return server;
}

describe('a prediction', () => {
  it('is made by one participant with every trained run at or below the path, and read there', async () => {
    await using server = await trained();
    const body = { auto_align: true, dockerised: true, verbose: false, log_msgs: false, tags: TAGS };
    for (const path of ['', '/p', '/p/e', '/p/e/r']) {
      const { json } = await server.call('POST', `${PREDICT}${path}/`, body);
      expect(json).toMatchObject({ status: 201, method: 'predictions.post' });
      expect(json.data).toMatchObject([
        { kind: 'Prediction', run_id: 'r', participant_id: 'alice', predict: { tags: TAGS.p } },
      ]);
      const read = await server.call('GET', PREDICT + path);
      expect(read.json.data).toEqual(json.data);
    }
  });

  it("uses the participant's `predict` tags if the request names none", async () => {
    await using server = await trained();
    const refused = await server.call('POST', `${PREDICT}/p/e/r`);
    expect(refused.status).toBe(409);
    expect(refused.json.message).toContain("'alice' has no 'predict' tags in project 'p'; first PUT");
    await server.call('PUT', `${registrationOf('alice')}/tags`, { predict: TAGS.p });
    await server.call('POST', `${TRAIN}/alignments`);
    const { json } = await server.call('POST', `${PREDICT}/p/e/r`);
    expect(json.data).toMatchObject([{ predict: { tags: 'those of the participant' } }]);
  });

  it('skips projects that are not ready below a collaboration', async () => {
    await using server = await trained();
    await server.call('POST', P, { project_id: 'q', action: 'classify' });
    const there = registrationOf('alice').replace('/p/', '/q/');
    await server.call('POST', there, { role: 'guest' });
    await server.call('POST', `${there}/tags`, { train: [['data']] });
    const { json } = await server.call('POST', PREDICT, { tags: TAGS });
    expect(json.data).toMatchObject([{ project_id: 'p' }]);
    const named = await server.call('POST', `${PREDICT}/q`, { tags: { q: [['new']] } });
    expect(named).toMatchObject({ status: 409 });
    expect(named.json.message).toMatch(/there is no run below this path; first POST/);
  });

  it.each([
    [
      'of an unknown participant',
      PREDICT.replace('alice', 'nobody'),
      {},
      404,
      "Participant 'nobody' does not exist",
    ],
    ['in no collaboration', PREDICT.replace('/c/', '/d/'), {}, 404, "Collaboration 'd' does not exist"],
    ['in no project', `${PREDICT}/q`, {}, 404, "Project 'c/q' does not exist"],
    ['with no experiment', `${PREDICT}/p/f`, { tags: TAGS }, 404, "Experiment 'c/p/f' does not exist"],
    ['with no run', `${PREDICT}/p/e/t`, { tags: TAGS }, 404, "Run 'c/p/e/t' does not exist"],
    ['with a run that has no model', `${PREDICT}/p/e/s`, { tags: TAGS }, 409, 'first POST /ttp/train/'],
    ['on tags outside', `${PREDICT}/p/e/r`, { tags: { p: [['..', 'x']] } }, 400, 'tags.p.0.0: a tag stays'],
    ['on no tags', `${PREDICT}/p/e/r`, { tags: { p: [] } }, 400, 'tags.p: '],
  ])('%s is rejected', async (_what, path, body, status, message) => {
    await using server = await trained();
    const answer = await server.call('POST', path, body);
    expect(answer.status).toBe(status);
    expect(answer.json.message).toContain(message);
  });

  it('is rejected with the call to make first if the participant has no tags', async () => {
    await using server = await trained();
    await server.call('POST', '/ttp/connect/participants', { participant_id: 'carol' });
    const answer = await server.call('POST', PREDICT.replace('alice', 'carol'), { tags: TAGS });
    expect(answer).toMatchObject({ status: 409 });
    expect(answer.json.message).toContain('first POST …/registration');
  });
});
