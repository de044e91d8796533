// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QList>
#include <QString>
#include <QStringList>

namespace bitloom {

/// A plain table for the clipboard, for CSV and for "Show as table".
struct TextTable {
    QStringList header;
    QList<QStringList> rows;

    /// Header and rows, cells separated by tabs (tabs and line ends inside a cell become blanks).
    QString tabSeparated() const;
    /// RFC 4180: comma, CRLF, cells quoted where needed.
    QString csv() const;
};

} // namespace bitloom
