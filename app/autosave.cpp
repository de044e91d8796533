// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/autosave.h"

#include "core/error.h"

#include <QDir>
#include <QFile>
#include <QJsonDocument>
#include <QJsonObject>
#include <QSaveFile>
#include <QStandardPaths>

namespace bitloom {

namespace {

QDir folder()
{
    return QDir(QStandardPaths::writableLocation(QStandardPaths::AppDataLocation) + "/autosave");
}

QString fileOf(const std::string& identity)
{
    return folder().filePath(QString::fromStdString(identity).left(40) + ".json");
}

std::optional<Autosave> load(const QString& path)
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

void Autosave::write() const
{
    const QJsonObject object{{"model", modelPath},
                             {"recipe", QString::fromStdString(recipe.toJson())}};
    folder().mkpath(".");
    QSaveFile file(fileOf(recipe.modelIdentity));
    if (!file.open(QIODevice::WriteOnly) || file.write(QJsonDocument(object).toJson()) < 0 ||
        !file.commit())
        throw Error("autosave",
                    "the recipe could not be kept: " + file.errorString().toStdString());
}

std::optional<Autosave> Autosave::read(const std::string& identity)
{
    return load(fileOf(identity));
}

std::optional<Autosave> Autosave::newest()
{
    const QFileInfoList files = folder().entryInfoList({"*.json"}, QDir::Files, QDir::Time);
    return files.isEmpty() ? std::nullopt : load(files.first().filePath());
}

void Autosave::remove(const std::string& identity)
{
    QFile::remove(fileOf(identity));
}

} // namespace bitloom
