// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QList>
#include <QString>
#include <QStringList>

namespace bitloom {

/// A word that the window uses, in all its forms, and what it means.
struct GlossaryEntry {
    QString id;
    QStringList names;  ///< as sentences use it; the first is its title
    QStringList titles; ///< of columns and rows, which mean something else in a sentence
    QString html;       ///< words that have an entry of their own are links to it
};

/// All of resources/help/glossary.md, by title.
const QList<GlossaryEntry>& glossary();
/// The entry of a word or title of the window, in any case and without its signs; null: there is
/// none.
const GlossaryEntry* glossaryEntry(const QString& word);
/// The page, a named place for each entry.
QString glossaryHtml();

/// Plain sentences for "What is this?", in which the first of each word with an entry is a link.
QString withGlossaryLinks(const QString& sentences);

} // namespace bitloom
