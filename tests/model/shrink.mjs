/* The smallest story that still fails, or one of at most `enough` steps: first without whole kinds of steps, then shorter
 * beginnings, then parts left out, ever smaller. */
export async function shrink(steps, fails, { most = 400, seconds = 90, enough = 1 } = {}) {
  const until = Date.now() + seconds * 1000;
  let tries = 0;
  let story = steps;
  const mayTry = () => tries < most && Date.now() < until && story.length > enough;
  const keepIfFails = async (fewer) => {
    tries++;
    if (!fewer.length || fewer.length === story.length || !(await fails(fewer))) return false;
    story = fewer;
    return true;
  };
  for (const kind of new Set(steps.map((step) => step.do)))
    if (mayTry()) await keepIfFails(story.filter((step) => step.do !== kind));
  let before = story.length;
  for (let size = Math.ceil(story.length / 2); mayTry(); size = Math.ceil(size / 2)) {
    for (let at = 0; at < story.length && mayTry();)
      if (!(await keepIfFails([...story.slice(0, at), ...story.slice(at + size)]))) at += size;
    if (size > 1) continue;
    if (story.length === before) break;
    before = story.length; /* once more round, until nothing can go */
    size = 4;
  }
  return story;
}
