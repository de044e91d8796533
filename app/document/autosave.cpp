// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/document/autosave.h"

#include "core/base/error.h"

#include <QDir>
#include <QFile>
#include <QJsonDocument>
#include <QJsonObject>
#include <QSaveFile>
#include <QStandardPaths>
#include <QUuid>

#include <fcntl.h>
#include <sys/file.h>

namespace bitloom {

namespace {

QDir folder()
{
    return QDir(QStandardPaths::writableLocation(QStandardPaths::AppDataLocation) + "/autosave");
}

/// What the names of all files of a model begin with.
QString beginningOf(const std::string& identity)
{
    return QString::fromStdString(identity).left(40);
}

/// Those whose names begin so, newest first.
QStringList filesOf(const QString& beginning)
{
    QStringList paths;
    const QFileInfoList all =
        folder().entryInfoList({beginning + "*.json"}, QDir::Files, QDir::Time);
    for (const QFileInfo& file : all)
        paths.append(file.filePath());
    return paths;
}

/// A broken file counts as none.
std::optional<Autosave> loadAutosave(const QString& path)
{
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly))
        return std::nullopt;
    const QJsonObject object = QJsonDocument::fromJson(file.readAll()).object();
    try {
        return Autosave{object["model"].toString(),
                        Recipe::fromJson(object["recipe"].toString().toStdString())};
    } catch (const Error&) {
        return std::nullopt;
    }
}

} // namespace

std::optional<Autosave> Autosave::newest()
{
    for (const QString& path : filesOf({}))
        if (AutosaveFile file(path); file.lock())
            if (auto found = loadAutosave(path))
                return found;
    return std::nullopt;
}

std::shared_ptr<AutosaveFile> AutosaveFile::ofModel(const std::string& identity)
{
    for (const QString& path : filesOf(beginningOf(identity))) {
        std::shared_ptr<AutosaveFile> file(new AutosaveFile(path));
        if (!file->lock())
            continue;
        if ((file->m_left = loadAutosave(path))) // it may have gone before it was locked
            return file;
    }
    const QString unique = QUuid::createUuid().toString(QUuid::Id128);
    return std::shared_ptr<AutosaveFile>(
        new AutosaveFile(folder().filePath(beginningOf(identity) + '-' + unique + ".json")));
}

bool AutosaveFile::lock()
{
    if (m_lock)
        return true;
    const QByteArray path = QFile::encodeName(lockPath());
    auto file = std::make_unique<Descriptor>(open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    if (file->get() < 0 || flock(file->get(), LOCK_EX | LOCK_NB) != 0)
        return false;
    m_lock = std::move(file);
    return true;
}

QString AutosaveFile::setAside()
{
    const QString kept = m_path + '-' + QUuid::createUuid().toString(QUuid::Id128) + ".kept";
    m_left.reset();
    // Where it cannot be moved, it cannot be overwritten either.
    return QFile::rename(m_path, kept) ? kept : m_path;
}

void AutosaveFile::write(const Autosave& content)
{
    const QJsonObject object{{"model", content.modelPath},
                             {"recipe", QString::fromStdString(content.recipe.toJson())}};
    folder().mkpath(".");
    if (!lock())
        throw Error("autosave", "the recipe could not be kept: another session has its file");
    QSaveFile file(m_path);
    if (!file.open(QIODevice::WriteOnly) || file.write(QJsonDocument(object).toJson()) < 0 ||
        !file.commit())
        throw Error("autosave",
                    "the recipe could not be kept: " + file.errorString().toStdString());
}

void AutosaveFile::remove()
{
    QFile::remove(m_path);
    if (m_lock)
        QFile::remove(lockPath());
    m_lock.reset();
}

} // namespace bitloom
