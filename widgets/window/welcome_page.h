// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/base/recent_model.h"

#include <QList>
#include <QWidget>

class QLabel;
class QListWidget;

namespace bitloom {

/// Shown while no model is open.
class WelcomePage : public QWidget {
    Q_OBJECT

public:
    explicit WelcomePage(QWidget* parent = nullptr);

    /// What can be opened: "language models (Llama, GPT-2)".
    void setNetworks(const QString& text);
    /// Newest first.
    void setRecent(const QList<RecentModel>& models);

signals:
    void openFolderRequested();
    void openFileRequested();
    void openSampleRequested();
    void recentRequested(const QString& path);

private:
    QWidget* buildButtons();
    QWidget* buildRecent();

    QLabel* m_networks = nullptr;
    QListWidget* m_recent = nullptr;
    QLabel* m_recentTitle = nullptr;
};

} // namespace bitloom
