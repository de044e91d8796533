// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

class QLabel;
class QProgressBar;
class QToolButton;

namespace bitloom {

/// The running job: progress, what it is doing, and a way to stop it. Hidden while idle.
class JobBar : public QWidget {
    Q_OBJECT

public:
    explicit JobBar(QWidget* parent = nullptr);

    /// `fraction` 0…1, negative when unknown. `waiting` jobs stand behind this one.
    void setJob(const QString& what, double fraction, int waiting = 0);
    void setIdle();

signals:
    void cancelRequested();

private:
    QProgressBar* m_progress = nullptr;
    QLabel* m_text = nullptr;
    QToolButton* m_cancel = nullptr;
};

} // namespace bitloom
