// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/words/glossary.h"

#include <QFile>
#include <QHash>
#include <QRegularExpression>
#include <QSet>

#include <algorithm>

namespace bitloom {

namespace {

/// Lower case, words apart by one blank, no other signs.
QString plainWords(const QString& text)
{
    static const QRegularExpression signs(QStringLiteral("[^\\w]+"),
                                          QRegularExpression::UseUnicodePropertiesOption);
    return text.toLower().replace(signs, QStringLiteral(" ")).trimmed();
}

QString idOf(const QString& name)
{
    return plainWords(name).replace(u' ', u'-');
}

QString linkTo(const QString& word, const QString& shown)
{
    return QStringLiteral("<a href=\"glossary:%1\">%2</a>").arg(word, shown);
}

/// [word] and [shown][word] become links to the entry of the word.
QString linked(const QString& text)
{
    static const QRegularExpression link(QStringLiteral("\\[([^\\]]+)\\](?:\\[([^\\]]+)\\])?"));
    const QString escaped = text.toHtmlEscaped();
    QString html;
    qsizetype done = 0;
    for (auto matches = link.globalMatch(escaped); matches.hasNext();) {
        const QRegularExpressionMatch match = matches.next();
        const QString word = match.captured(match.hasCaptured(2) ? 2 : 1);
        html += escaped.mid(done, match.capturedStart() - done) + linkTo(word, match.captured(1));
        done = match.capturedEnd();
    }
    return html + escaped.mid(done);
}

/// "word | words | = title", of which the last is no word of sentences.
GlossaryEntry namesOf(const QString& line)
{
    GlossaryEntry entry;
    for (const QString& name : line.split(QStringLiteral(" | ")))
        if (name.startsWith("= "))
            entry.titles.append(name.mid(2));
        else
            entry.names.append(name);
    entry.id = idOf(entry.names.first());
    return entry;
}

QList<GlossaryEntry> readGlossary()
{
    QFile file(QStringLiteral(":/bitloom/help/glossary.md"));
    if (!file.open(QIODevice::ReadOnly))
        qFatal("the glossary is not among the resources");
    QList<GlossaryEntry> entries;
    for (const QString& line : QString::fromUtf8(file.readAll()).split(u'\n', Qt::SkipEmptyParts)) {
        if (line.startsWith("## ")) {
            entries.append(namesOf(line.mid(3)));
        } else {
            entries.last().html += linked(line);
        }
    }
    std::ranges::sort(entries, [](const GlossaryEntry& a, const GlossaryEntry& b) {
        return a.names.first().compare(b.names.first(), Qt::CaseInsensitive) < 0;
    });
    return entries;
}

QHash<QString, int> readIndices()
{
    QHash<QString, int> indices;
    for (int i = 0; i < glossary().size(); ++i)
        for (const QString& name : glossary()[i].names + glossary()[i].titles)
            indices.insert(plainWords(name), i);
    return indices;
}

/// Every name of every entry; of two that begin alike, the longer first.
QRegularExpression anyName()
{
    QStringList names;
    for (const GlossaryEntry& entry : glossary())
        names += entry.names;
    std::ranges::sort(names,
                      [](const QString& a, const QString& b) { return a.size() > b.size(); });
    for (QString& name : names)
        name = QRegularExpression::escape(name);
    return QRegularExpression("\\b(" + names.join(u'|') + ")\\b",
                              QRegularExpression::CaseInsensitiveOption |
                                  QRegularExpression::UseUnicodePropertiesOption);
}

} // namespace

const QList<GlossaryEntry>& glossary()
{
    static const QList<GlossaryEntry> kEntries = readGlossary();
    return kEntries;
}

const GlossaryEntry* glossaryEntry(const QString& word)
{
    static const QHash<QString, int> kIndices = readIndices();
    const auto found = kIndices.constFind(plainWords(word));
    return found == kIndices.constEnd() ? nullptr : &glossary()[found.value()];
}

QString glossaryHtml()
{
    QString html;
    for (const GlossaryEntry& entry : glossary()) {
        html += QStringLiteral("<dt><a name=\"%1\"></a><b>%2</b></dt><dd>%3</dd>")
                    .arg(entry.id, entry.names.first().toHtmlEscaped(), entry.html);
    }
    return QStringLiteral("<dl>") + html + QStringLiteral("</dl>");
}

QString withGlossaryLinks(const QString& sentences)
{
    static const QRegularExpression kNames = anyName();
    const QString text = sentences.toHtmlEscaped();
    QSet<QString> seen;
    QString html;
    qsizetype done = 0;
    for (auto matches = kNames.globalMatch(text); matches.hasNext();) {
        const QRegularExpressionMatch match = matches.next();
        const GlossaryEntry* entry = glossaryEntry(match.captured());
        if (!entry || seen.contains(entry->id))
            continue;
        seen.insert(entry->id);
        html += text.mid(done, match.capturedStart() - done) + linkTo(entry->id, match.captured());
        done = match.capturedEnd();
    }
    html += text.mid(done);
    return "<p>" + html.replace(u'\n', QStringLiteral("<br>")) + "</p>";
}

} // namespace bitloom
