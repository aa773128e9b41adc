import { useCallback, useState } from 'react';
import { useSpeaker } from './announcer';

interface Act {
  /** Something is under way. */
  isBusy: boolean;
  /** Does it, says so when it is done, and shows why when it is refused. Answers whether it was done. */
  act: (work: () => Promise<unknown>, done?: string) => Promise<boolean>;
}

export function useAct(): Act {
  const { say, complain } = useSpeaker();
  const [isBusy, setIsBusy] = useState(false);
  const act = useCallback(
    async (work: () => Promise<unknown>, done?: string): Promise<boolean> => {
      setIsBusy(true);
      try {
        await work();
        if (done !== undefined) say(done);
        return true;
      } catch (error) {
        complain(error);
        return false;
      } finally {
        setIsBusy(false);
      }
    },
    [say, complain],
  );
  return { isBusy, act };
}
