import { provokePart } from './provoke.js';

provokePart(3, 4);
