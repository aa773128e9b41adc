/** Drives the sandbox vendors as a recruiter, a candidate or VICTIG's staff would. */
export class SandboxDriver {
  constructor(private readonly sandboxUrl: string) {}

  get(path: string): Promise<unknown> {
    return this.call('GET', path);
  }

  post(path: string, body: object = {}): Promise<unknown> {
    return this.call('POST', path, body);
  }

  patch(path: string, body: object): Promise<unknown> {
    return this.call('PATCH', path, body);
  }

  delete(path: string): Promise<unknown> {
    return this.call('DELETE', path);
  }

  private async call(method: string, path: string, body?: object): Promise<unknown> {
    const response = await fetch(`${this.sandboxUrl}/drive${path}`, {
      method,
      ...(body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} /drive${path} answered ${response.status}: ${text}`);
    return text === '' ? undefined : JSON.parse(text);
  }
}
