/* Every page of the portal, and those that strangers see. */
import { TOURS, looksAt } from './tour.mjs';

looksAt(TOURS.filter(({ who }) => who !== 'owner'), ['/sign-in', '/forgot', '/shop']);
