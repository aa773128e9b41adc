import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { Announcer } from './kit/announcer';
import { BrokenPage } from './shell/broken-page';
import { Shell } from './shell/shell';
import './styles/tokens.css';
import './styles/base.css';
import './styles/controls.css';
import './styles/shell.css';
import './styles/board.css';
import './styles/person.css';
import './styles/candidate.css';
import './styles/desk.css';
import './styles/strip.css';
import './styles/tour.css';

const root = document.querySelector('#root');
if (!root) throw new Error('index.html has no #root');
createRoot(root).render(
  <StrictMode>
    <BrokenPage>
      <Announcer>
        <Shell />
      </Announcer>
    </BrokenPage>
  </StrictMode>,
);
