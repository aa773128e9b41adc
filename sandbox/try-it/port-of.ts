/**
 * A port of the environment.
 * @param lowest 0 where whoever listens tells which port it became
 * @throws Error, a sentence that names the variable
 */
export function portOf(variable: 'PORT' | 'SANDBOX_PORT', otherwise: number, lowest: 0 | 1): number {
  const given = process.env[variable] ?? '';
  if (given === '') return otherwise;
  const port = Number(given);
  if (/^\d{1,5}$/.test(given) && port >= lowest && port <= 65_535) return port;
  throw new Error(
    `${variable} is ${JSON.stringify(given)}: give a port from ${lowest} to 65535, as in ${variable}=${otherwise + 1} npm start.`,
  );
}
