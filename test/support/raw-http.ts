import { connect } from 'node:net';

export interface RawAnswer {
  status: number;
  contentType: string;
  body: string;
}

/** Sends bytes to a server as they are and reads until it hangs up; what is sent must make it do so. */
export function sendRaw(serverUrl: string, bytes: string | Buffer): Promise<RawAnswer> {
  const { hostname, port } = new URL(serverUrl);
  return new Promise((done, fail) => {
    const chunks: Buffer[] = [];
    const socket = connect(Number(port), hostname, () => socket.write(bytes));
    socket.on('data', (chunk) => chunks.push(chunk));
    // An answer may be cut short by a reset when the server hangs up on what it will not read.
    socket.on('error', (error) => (chunks.length > 0 ? undefined : fail(error)));
    socket.on('close', () => done(readAnswer(Buffer.concat(chunks).toString('latin1'))));
  });
}

function readAnswer(text: string): RawAnswer {
  const [head = '', ...rest] = text.split('\r\n\r\n');
  return {
    status: Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1] ?? 0),
    contentType: /^content-type: ([^\r;]+)/im.exec(head)?.[1] ?? '',
    body: rest.join('\r\n\r\n'),
  };
}
