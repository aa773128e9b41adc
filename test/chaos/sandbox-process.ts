import { startProcess, type RunningProcess } from './running-process.ts';

/** The vendors as a process of their own, and the API that drives them. */
export class SandboxProcess {
  readonly url: string;
  private readonly process: RunningProcess;

  private constructor(url: string, process: RunningProcess) {
    this.url = url;
    this.process = process;
  }

  static async start(port: number): Promise<SandboxProcess> {
    const process = startProcess(['sandbox/main.ts'], { SANDBOX_PORT: String(port) });
    const sandbox = new SandboxProcess(`http://127.0.0.1:${port}`, process);
    await process.until(() => process.answers(`${sandbox.url}/drive/faults`));
    return sandbox;
  }

  async stop(): Promise<void> {
    await this.process.end('SIGKILL');
  }

  get pid(): number {
    return this.process.pid;
  }

  get<T>(path: string): Promise<T> {
    return this.drive<T>('GET', path);
  }

  post<T>(path: string, body: object = {}): Promise<T> {
    return this.drive<T>('POST', path, body);
  }

  patch<T>(path: string, body: object): Promise<T> {
    return this.drive<T>('PATCH', path, body);
  }

  delete(path: string): Promise<void> {
    return this.drive('DELETE', path);
  }

  private async drive<T>(method: string, path: string, body?: object): Promise<T> {
    const answer = await fetch(`${this.url}/drive${path}`, {
      method,
      ...(body ? { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) } : {}),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} /drive${path} was answered ${answer.status}: ${text}`);
    return (text === '' ? undefined : JSON.parse(text)) as T;
  }
}

/** As the sandbox shows it. */
export interface SeenOpportunity {
  id: string;
  tags: string[];
  notes: { secret: boolean; fields: { value: string }[] }[];
}

/** As the sandbox shows it. */
export interface SeenOrder {
  orderGuid: string;
  clientGuid: string;
  fileNumber: number;
  status: string;
  productName: string;
  externalIdentifier: string | null;
  applicant: { email?: string } | null;
}
