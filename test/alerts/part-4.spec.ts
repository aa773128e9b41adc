import { provokePart } from './provoke.js';

provokePart(4, 4);
