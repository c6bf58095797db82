/*
 * A page of ours, read as strictly as it is written: whatever a stranger could
 * have put into it is another element, another attribute or another address.
 */
#ifndef TESTS_SUPPORT_HTML_PAGE_H
#define TESTS_SUPPORT_HTML_PAGE_H

#include "base/buf.h"
#include "base/str.h"

/*
 * Fails the test unless
 *   each element is one that a page of ours has, and ends in its order;
 *   each attribute is known, none names anything outside of the page, and none
 *   holds script; quotes end where they should;
 *   each id stands once, and what names one finds it;
 *   there is one script and one style, and a policy that lets nothing else run;
 *   between tags stand no octets but UTF-8 without controls.
 * text_out: what stands between tags, references resolved; the caller clears
 * it.  NULL: nobody wants it.
 */
void assert_html(struct str page, struct buf *text_out);

#endif
