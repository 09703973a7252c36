import { expect, it } from 'vitest';
import { mlflowAuthorization } from './mlflow-credentials.js';

const authorizationOf = (env: Readonly<Record<string, string>>) =>
  mlflowAuthorization(
    Object.fromEntries(Object.entries(env).map(([name, value]) => [`MLFLOW_TRACKING_${name}`, value])),
  );
const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;

it.each([
  [{}, undefined],
  [{ USERNAME: 'me', PASSWORD: 'p: ü' }, basic('me:p: ü')],
  [{ TOKEN: 'abc' }, 'Bearer abc'],
  // As MLflow's own client chooses.
  [{ USERNAME: 'me', PASSWORD: 'p', TOKEN: 'abc' }, basic('me:p')],
  [{ USERNAME: '', PASSWORD: '', TOKEN: 'abc' }, 'Bearer abc'],
])('%j is shown to MLflow as %j', (env, header) => {
  expect(authorizationOf(env)).toBe(header);
});

it.each([
  [{ USERNAME: 'me' }, /^MLFLOW_TRACKING_USERNAME is set, so MLFLOW_TRACKING_PASSWORD has to be/],
  [{ PASSWORD: 'hush-hush', TOKEN: 'abc' }, /^MLFLOW_TRACKING_PASSWORD is set, so MLFLOW_TRACKING_USERNAME/],
  [{ USERNAME: 'm:e', PASSWORD: 'hush-hush' }, /^MLFLOW_TRACKING_USERNAME: a name has no colon/],
  [{ TOKEN: 'hush-hush\n' }, /^MLFLOW_TRACKING_TOKEN: a token has no spaces, line breaks/],
  [{ TOKEN: 'hush-hush é' }, /^MLFLOW_TRACKING_TOKEN/],
])('%j is refused, without a word of the secret', (env, says) => {
  expect(() => authorizationOf(env)).toThrow(says);
  expect(() => authorizationOf(env)).not.toThrow(/hush/);
});
