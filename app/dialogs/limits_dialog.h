// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/document/session.h"

#include <QDialog>
#include <QList>

class QDoubleSpinBox;
class QGridLayout;
class QLabel;
class QPushButton;

namespace bitloom {

/// The fewest and the most bits per weight that a fit may give the layers of each role: one edit of
/// the recipe, so that it is saved and undone with it.
class LimitsDialog : public QDialog {
    Q_OBJECT

public:
    LimitsDialog(Session& session, QWidget* parent);

    void accept() override;

private:
    /// Untouched, each layer keeps its own.
    struct Bound {
        QDoubleSpinBox* box = nullptr;
        bool edited = false;
    };
    struct Row {
        QString title;
        QList<int> members;
        Bound least;
        Bound most;
    };
    void addRow(QGridLayout* into, const QString& title, const QList<int>& members);
    QDoubleSpinBox* makeBox(const QList<int>& members, std::optional<double> FitLimits::*of,
                            const QString& name, const QString& label);
    void removeAll();
    void boxEdited(QDoubleSpinBox* box);
    FitLimits limitsOf(const Row& row, int slot) const;
    void check();

    Session& m_session;
    QList<Row> m_rows;
    QLabel* m_problem = nullptr;
    QPushButton* m_ok = nullptr;
};

} // namespace bitloom
