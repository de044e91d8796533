// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QFrame>
#include <QList>
#include <QString>

class QLabel;
class QProgressBar;
class QPushButton;
class QToolButton;
class QVBoxLayout;

namespace bitloom {

class ElidedLabel;

/// One job in the list.
struct JobRow {
    QString id;           ///< handed back by stopRequested
    QString title;        ///< "Evaluate: window 7 of 40"
    QString state;        ///< "runs, about 2 min left", "waits"
    double fraction = -1; ///< 0…1; negative: unknown, or it does not run
    bool canStop = true;
};

/// What runs and what waits, with a stop button each, above what asked for it. It takes the focus;
/// Esc, or a click elsewhere, closes it.
class JobList : public QFrame {
    Q_OBJECT

public:
    explicit JobList(QWidget* parent);

    /// Jobs that stay keep their buttons, and these the focus.
    void setRows(const QList<JobRow>& rows);
    /// With its lower left corner at a place on the screen, as far as the screen goes.
    void popUp(const QPoint& globalPosition);

signals:
    void stopRequested(const QString& id);
    void stopAllRequested();

protected:
    void keyPressEvent(QKeyEvent* event) override;

private:
    struct Line {
        QString id;
        QWidget* box = nullptr;
        ElidedLabel* title = nullptr;
        QLabel* state = nullptr;
        QProgressBar* progress = nullptr;
        QToolButton* stop = nullptr;
    };
    Line makeLine(const QString& id);
    static void showRow(const Line& line, const JobRow& row);
    void rebuild(const QList<JobRow>& rows);
    void place();

    QList<Line> m_lines;
    QVBoxLayout* m_rows = nullptr;
    QLabel* m_idle = nullptr;
    QPushButton* m_stopAll = nullptr;
    QPoint m_corner;
};

} // namespace bitloom
