/* Every page of the console that a manager can reach by the navigation. */
import { TOURS, looksAt } from './tour.mjs';

looksAt(TOURS.filter(({ who }) => who === 'owner'));
