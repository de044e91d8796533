// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/document/session.h"

#include <QByteArray>
#include <QFileDialog>
#include <QWidget>

#include <functional>

namespace bitloom {

/// What a file is for: each has a folder of its own that is remembered.
enum class FilePurpose { Other, Model, Recipe, Text, Report, Export };
/// Whether choosing a file that is there asks before it goes; No: whoever writes it asks.
enum class AskToReplace { Yes, No };

/// Asks for a file without blocking and hands its path over; of one to be saved after
/// confirmOutput. `filter` as QFileDialog's. It begins where the last file for the purpose was, or
/// in the folder of a suggested path; of a suggested name without folder one is offered that
/// nothing there is called by.
void askForFile(QWidget* parent, const QString& title, QFileDialog::AcceptMode mode,
                const QString& suggested, const QString& filter,
                const std::function<void(const QString&)>& chosen,
                FilePurpose purpose = FilePurpose::Other,
                AskToReplace askToReplace = AskToReplace::Yes);
/// The same for an existing folder with a model; it begins beside the last one.
void askForFolder(QWidget* parent, const QString& title,
                  const std::function<void(const QString&)>& chosen);

/// Asks where and writes `content` in a job: plots and tables that panels export.
void saveContent(Session& session, QWidget* parent, const QString& suggested,
                 const QByteArray& content);

} // namespace bitloom
