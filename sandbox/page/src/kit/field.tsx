import { useId, type ReactElement, type ReactNode } from 'react';

interface FieldProps {
  label: string;
  hint?: string;
  /** Gets the id that the label is for, and that of the hint. */
  children: (ids: { id: string; 'aria-describedby'?: string }) => ReactNode;
}

/** A control with its label above and, where there is one, a hint below. */
export function Field({ label, hint, children }: FieldProps): ReactElement {
  const id = useId();
  const hintId = `${id}-hint`;
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      {children(hint === undefined ? { id } : { id, 'aria-describedby': hintId })}
      {hint !== undefined && (
        <p className="field__hint" id={hintId}>
          {hint}
        </p>
      )}
    </div>
  );
}
