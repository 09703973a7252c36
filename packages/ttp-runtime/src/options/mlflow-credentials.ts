/** Header that MLflow servers are shown, from the variables of MLflow's own clients; throws where they cannot be meant so. */
export function mlflowAuthorization(env: NodeJS.ProcessEnv): string | undefined {
  const [user, password, token] = ['USERNAME', 'PASSWORD', 'TOKEN'].map((name) => {
    const value = env[`MLFLOW_TRACKING_${name}`];
    return value === '' ? undefined : value;
  });
  if ((user === undefined) !== (password === undefined)) {
    const [given, missing] = user === undefined ? ['PASSWORD', 'USERNAME'] : ['USERNAME', 'PASSWORD'];
    throw new Error(`MLFLOW_TRACKING_${given} is set, so MLFLOW_TRACKING_${missing} has to be as well`);
  }
  if (user?.includes(':') === true) throw new Error('MLFLOW_TRACKING_USERNAME: a name has no colon');
  if (user !== undefined) return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
  if (token === undefined) return undefined;
  // Not shown: it is a secret, whatever is wrong with it.
  if (!/^[\x21-\x7e]+$/.test(token))
    throw new Error('MLFLOW_TRACKING_TOKEN: a token has no spaces, line breaks or letters beyond ASCII');
  return `Bearer ${token}`;
}
