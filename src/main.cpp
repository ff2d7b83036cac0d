#include "app/run.hpp"

int main(int argc, char** argv) { return renova::app::run(argc, argv); }
