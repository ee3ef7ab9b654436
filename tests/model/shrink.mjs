/* The smallest story that still fails: first shorter beginnings, then parts left out, ever smaller parts. */
export async function shrink(steps, fails, { most = 400, seconds = 90 } = {}) {
  const until = Date.now() + seconds * 1000;
  let tries = 0;
  let story = steps;
  for (let size = Math.ceil(story.length / 2); ; size = Math.ceil(size / 2)) {
    for (let at = 0; at < story.length && tries < most && Date.now() < until;) {
      const without = [...story.slice(0, at), ...story.slice(at + size)];
      tries++;
      if (without.length && (await fails(without))) story = without;
      else at += size;
    }
    if (size === 1) {
      if (tries >= most || Date.now() >= until || story.length === steps.length) return story;
      steps = story; /* once more round, until nothing can go */
      size = 2;
    }
  }
}
