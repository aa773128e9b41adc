import { provokePart } from './provoke.js';

provokePart(1, 4);
