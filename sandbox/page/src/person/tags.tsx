import { useRef, useState, type FormEvent, type ReactElement } from 'react';
import { Tag } from '../kit/chip';
import { Field } from '../kit/field';
import { Icon } from '../kit/icon';
import { useAct } from '../kit/use-act';
import { drive } from '../live/drive';
import type { Candidate } from '../live/wire';

export function Tags({ candidate: { id, tags } }: { candidate: Candidate }): ReactElement {
  const { isBusy, act } = useAct();
  const [tag, setTag] = useState('');
  const input = useRef<HTMLInputElement>(null);

  const add = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (tag.trim() === '') return;
    if (await act(() => drive.addTag(id, tag.trim()), 'The tag is added.')) setTag('');
  };

  const remove = async (one: string): Promise<void> => {
    // The button that has the focus goes with its tag.
    if (await act(() => drive.removeTag(id, one), 'The tag is removed.')) input.current?.focus();
  };

  return (
    <section className="person__section" aria-labelledby="tags-title">
      <h3 id="tags-title">Tags</h3>
      {tags.length === 0 ? (
        <p className="faint">No tags yet.</p>
      ) : (
        <ul className="chips">
          {tags.map((one) => (
            <li key={one} className="tag-button">
              <Tag tag={one} />
              <button
                type="button"
                className="icon-button"
                aria-label={`Remove the tag ${one}`}
                onClick={() => void remove(one)}
              >
                <Icon name="close" />
              </button>
            </li>
          ))}
        </ul>
      )}
      <form onSubmit={(event) => void add(event)}>
        <Field label="Add a tag" hint="“Product: Criminal Package 2” orders another product.">
          {(ids) => (
            <span className="input-row">
              <input
                ref={input}
                className="input"
                autoComplete="off"
                value={tag}
                onChange={(event) => setTag(event.target.value)}
                {...ids}
              />
              <button type="submit" className="button" disabled={isBusy}>
                Add
              </button>
            </span>
          )}
        </Field>
      </form>
    </section>
  );
}
