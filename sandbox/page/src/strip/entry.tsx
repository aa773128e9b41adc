import type { ReactElement } from 'react';
import { Status } from '../kit/chip';
import { Icon, type IconName } from '../kit/icon';
import { clockTime, readable } from '../kit/times';
import type { StoryEntry } from '../live/wire';
import { NextTry } from './next-try';
import { SwaggerLinks } from './swagger-links';

const GROUPS: Record<StoryEntry['group'], { icon: IconName; name: string }> = {
  delivery: { icon: 'inbox', name: 'Delivery' },
  decision: { icon: 'compass', name: 'Decision' },
  call: { icon: 'arrow', name: 'Call' },
  tag: { icon: 'tag', name: 'Tag' },
  note: { icon: 'lock', name: 'Note' },
};

export function Entry({ entry }: { entry: StoryEntry }): ReactElement {
  const { icon, name } = GROUPS[entry.group];
  return (
    <li className={`entry entry--${entry.group} ${entry.failed ? 'entry--failed' : ''}`}>
      <span className="entry__mark">
        <Icon name={entry.failed ? 'warning' : icon} />
        <span className="hidden-text">{name}</span>
      </span>
      {entry.call === null ? (
        <p className="entry__text">{readable(entry.text)}</p>
      ) : (
        <p className="entry__call">
          {entry.call.vendor} · {entry.call.operation}
        </p>
      )}
      <p className="entry__foot">
        <time dateTime={entry.at}>{clockTime(entry.at)}</time>
        {entry.call && (
          <span>
            {entry.call.status ?? entry.call.outcome.replaceAll('_', ' ')} in {entry.call.durationMs} ms
            {entry.call.attempt > 1 ? `, try ${entry.call.attempt}` : ''}
          </span>
        )}
        {entry.to !== null && <Status text={entry.to.replaceAll('_', ' ')} />}
        <NextTry at={entry.nextTryAt} />
        <SwaggerLinks links={entry.links} />
      </p>
    </li>
  );
}
