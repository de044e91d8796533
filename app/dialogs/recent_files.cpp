// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/dialogs/recent_files.h"

#include "app/words/words.h"

#include <QSettings>

#include <algorithm>

namespace bitloom {

namespace {

constexpr const char* kPathsKey = "files/recent";
constexpr const char* kNamesKey = "files/recentNames"; ///< beside the paths
constexpr qsizetype kMost = 10;

} // namespace

QList<RecentModel> recentFiles()
{
    const QSettings settings;
    const QStringList paths = settings.value(kPathsKey).toStringList();
    const QStringList names = settings.value(kNamesKey).toStringList();
    QList<RecentModel> models;
    for (qsizetype i = 0; i < paths.size(); ++i)
        models.append(
            {paths[i], names.size() == paths.size() ? names[i] : Words::modelTitle(paths[i])});
    return models;
}

void addRecentFile(const QString& path, const QString& name)
{
    QList<RecentModel> models = recentFiles();
    models.removeIf([&](const RecentModel& model) { return model.path == path; });
    models.prepend({path, name});
    QStringList paths;
    QStringList names;
    for (const RecentModel& model : models.mid(0, kMost)) {
        paths.append(model.path);
        names.append(model.name);
    }
    QSettings settings;
    settings.setValue(kPathsKey, paths);
    settings.setValue(kNamesKey, names);
}

void clearRecentFiles()
{
    QSettings settings;
    settings.remove(kPathsKey);
    settings.remove(kNamesKey);
}

} // namespace bitloom
