import { provokePart } from './provoke.js';

provokePart(2, 4);
