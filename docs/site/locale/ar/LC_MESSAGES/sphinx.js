/* The Arabic words of the search. */
Documentation.addTranslations({
  locale: "ar",
  messages: {
    "Search Results": "نتائج البحث",
    Searching: "يجري البحث",
    "Preparing search...": "يجري تحضير البحث…",
    "Hide Search Matches": "إخفاء مواضع المطابقة",
    ", in ": "، في ",
    "Your search did not match any documents. Please make sure that all words are spelled correctly and that you've selected enough categories.":
      "لا صفحة فيها هذه الكلمات. تحقّق من كتابتها، أو جرّب كلمات أقل.",
    "Search finished, found one page matching the search query.": [
      "لا صفحة تطابق البحث.",
      "صفحة واحدة تطابق البحث.",
      "صفحتان تطابقان البحث.",
      "${resultCount} صفحات تطابق البحث.",
      "${resultCount} صفحة تطابق البحث.",
      "${resultCount} صفحة تطابق البحث.",
    ],
  },
  plural_expr:
    "n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n%100>=3 && n%100<=10 ? 3 : n%100>=11 ? 4 : 5",
});
