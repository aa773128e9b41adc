import type { ReactElement, ReactNode } from 'react';
import { Icon, type IconName } from './icon';

interface EmptyProps {
  icon: IconName;
  title: string;
  children: ReactNode;
}

/** Says why there is nothing to see, and what would change that. */
export function Empty({ icon, title, children }: EmptyProps): ReactElement {
  return (
    <div className="empty">
      <span className="empty__icon">
        <Icon name={icon} />
      </span>
      <p className="empty__title">{title}</p>
      <p>{children}</p>
    </div>
  );
}
