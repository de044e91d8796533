// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <QWidget>

#include <functional>

namespace bitloom {

/// The one question before a file is written, and it does not block: `confirmed` runs at once where
/// nothing of that name is there nor is hidden by it (hiddenBy), else after the user agreed that it
/// goes, and `declined` when they did not. What must not be replaced at all (requireWritable) is
/// said, and is declined.
void confirmOutput(QWidget* parent, const QString& path, const std::function<void()>& confirmed,
                   const std::function<void()>& declined);

} // namespace bitloom
