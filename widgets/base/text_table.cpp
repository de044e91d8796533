// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/base/text_table.h"

namespace bitloom {

namespace {

QString flat(QString cell)
{
    for (QChar& c : cell)
        if (c == u'\t' || c == u'\n' || c == u'\r')
            c = u' ';
    return cell;
}

QString quoted(const QString& cell)
{
    if (!cell.contains(u',') && !cell.contains(u'"') && !cell.contains(u'\n') &&
        !cell.contains(u'\r'))
        return cell;
    QString doubled = cell;
    return u'"' + doubled.replace(u'"', QStringLiteral("\"\"")) + u'"';
}

template <class Cell>
QString joined(const QStringList& row, Cell cell, const QString& separator)
{
    QStringList cells;
    for (const QString& text : row)
        cells.append(cell(text));
    return cells.join(separator);
}

template <class Cell>
QString joined(const TextTable& table, Cell cell, const QString& separator, const QString& end)
{
    QString text = joined(table.header, cell, separator) + end;
    for (const QStringList& row : table.rows)
        text += joined(row, cell, separator) + end;
    return text;
}

} // namespace

QString TextTable::tabSeparated() const
{
    return joined(*this, flat, QStringLiteral("\t"), QStringLiteral("\n"));
}

QString TextTable::csv() const
{
    return joined(*this, quoted, QStringLiteral(","), QStringLiteral("\r\n"));
}

} // namespace bitloom
