// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/session.h"

#include <QByteArray>
#include <QFileDialog>
#include <QWidget>

#include <functional>

namespace bitloom {

/// What a file is for: each has a folder of its own that is remembered.
enum class FilePurpose { Other, Model, Recipe, Text, Report, Export };

/// Asks for a file without blocking and hands its path over. `filter` as QFileDialog's. It begins
/// where the last file for the purpose was, or in the folder of a suggested path.
void askForFile(QWidget* parent, const QString& title, QFileDialog::AcceptMode mode,
                const QString& suggested, const QString& filter,
                const std::function<void(const QString&)>& chosen,
                FilePurpose purpose = FilePurpose::Other);
/// The same for an existing folder with a model; it begins beside the last one.
void askForFolder(QWidget* parent, const QString& title,
                  const std::function<void(const QString&)>& chosen);

/// Asks where and writes `content` in a job: plots and tables that panels export.
void saveContent(Session& session, QWidget* parent, const QString& suggested,
                 const QByteArray& content);

} // namespace bitloom
