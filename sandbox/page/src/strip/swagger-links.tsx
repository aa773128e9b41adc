import type { ReactElement } from 'react';
import { useSpeaker } from '../kit/announcer';
import { Icon } from '../kit/icon';
import type { StoryLink } from '../live/wire';

/** Leads to operations in Swagger UI; the id that they ask for is copied on the way. */
export function SwaggerLinks({ links }: { links: readonly StoryLink[] }): ReactElement {
  const { say } = useSpeaker();
  // Where it may not, the id is still in the link's title.
  const copy = (id: string): Promise<void> =>
    navigator.clipboard.writeText(id).then(
      () => say('The id is copied.'),
      () => undefined,
    );
  return (
    <>
      {links.map(({ label, href, id }) => (
        <a
          key={href}
          className="swagger-link"
          href={href}
          target="_blank"
          rel="noreferrer"
          title={`Opens Swagger UI and copies the id ${id}`}
          onClick={() => void copy(id)}
        >
          {label}
          <Icon name="link" />
          <span className="hidden-text"> in Swagger UI, in a new tab</span>
        </a>
      ))}
    </>
  );
}
