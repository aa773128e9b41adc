import { Component, type ReactNode } from 'react';

interface Broken {
  message: string | null;
}

/** Stands in for a page that broke, and says how to go on; the sandbox itself keeps everything. */
export class BrokenPage extends Component<{ children: ReactNode }, Broken> {
  override state: Broken = { message: null };

  static getDerivedStateFromError(error: unknown): Broken {
    return { message: error instanceof Error ? error.message : String(error) };
  }

  override render(): ReactNode {
    const { message } = this.state;
    if (message === null) return this.props.children;
    return (
      <main className="waiting">
        <div className="empty" role="alert">
          <h1>The page broke</h1>
          <p>{message}</p>
          <p>Nothing is lost: Lever and VICTIG are kept by the sandbox.</p>
          <button type="button" className="button button--primary" onClick={() => window.location.reload()}>
            Load it again
          </button>
        </div>
      </main>
    );
  }
}
