// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/recent_files.h"

#include <QSettings>

namespace bitloom {

namespace {

constexpr const char* kKey = "files/recent";
constexpr qsizetype kMost = 10;

} // namespace

QStringList recentFiles()
{
    return QSettings().value(kKey).toStringList();
}

void addRecentFile(const QString& path)
{
    QStringList paths = recentFiles();
    paths.removeAll(path);
    paths.prepend(path);
    QSettings().setValue(kKey, paths.mid(0, kMost));
}

void clearRecentFiles()
{
    QSettings().remove(kKey);
}

} // namespace bitloom
