import { useEffect, useRef, useState, type ReactElement } from 'react';
import { Icon } from '../kit/icon';
import { TOURS, useTour } from './tour-context';

/** Both tours, to be taken at any time. */
export function TourMenu(): ReactElement {
  const { start } = useTour();
  const dialog = useRef<HTMLDialogElement>(null);
  const [isOpen, setIsOpen] = useState(false);

  useEffect(() => {
    if (isOpen) dialog.current?.showModal();
    else dialog.current?.close();
  }, [isOpen]);

  return (
    <>
      <button
        type="button"
        className="button button--quiet"
        aria-haspopup="dialog"
        onClick={() => setIsOpen(true)}
      >
        <Icon name="compass" /> Tours
      </button>
      <dialog ref={dialog} className="dialog" aria-labelledby="tours-title" onClose={() => setIsOpen(false)}>
        <div className="dialog__body">
          <div className="dialog__head">
            <h2 id="tours-title">Tours</h2>
            <button type="button" className="icon-button" aria-label="Close" onClick={() => setIsOpen(false)}>
              <Icon name="close" />
            </button>
          </div>
          {TOURS.map((tour) => (
            <div key={tour.id} className="field">
              <h3>{tour.name}</h3>
              <p className="tour__text">{tour.about}</p>
              <div className="tour__acts">
                <button
                  type="button"
                  className="button"
                  onClick={() => {
                    setIsOpen(false);
                    start(tour);
                  }}
                >
                  Start: {tour.name}
                </button>
              </div>
            </div>
          ))}
        </div>
      </dialog>
    </>
  );
}
