// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/session.h"

#include <QByteArray>
#include <QFileDialog>
#include <QWidget>

#include <functional>

namespace bitloom {

/// Asks for a file without blocking and hands its path over. `filter` as QFileDialog's.
void askForFile(QWidget* parent, const QString& title, QFileDialog::AcceptMode mode,
                const QString& suggested, const QString& filter,
                const std::function<void(const QString&)>& chosen);
/// The same for an existing folder.
void askForFolder(QWidget* parent, const QString& title,
                  const std::function<void(const QString&)>& chosen);

/// Asks where and writes `content` in a job: plots and tables that panels export.
void saveContent(Session& session, QWidget* parent, const QString& suggested,
                 const QByteArray& content);

} // namespace bitloom
